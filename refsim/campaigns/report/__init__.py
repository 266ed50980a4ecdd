"""Reports of campaigns: what the rows of a store say, as tables, files, pictures and one page.

A report is a pure function of the manifest, the rows and the gates: it holds no times, and two runs give the same bytes.
"""
