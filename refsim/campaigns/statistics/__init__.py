"""Statistics of campaigns: intervals, plans, rules to stop, comparisons and checks whose error is what they say it is.

The unit is the trial, one draw of faults. The samples of a trial meet the same faults and are no independent observations.
"""
