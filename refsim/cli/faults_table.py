"""What a plan comes to, as tables for people."""

from __future__ import annotations

from ..campaigns.campaign import Campaign


def planned(campaign: Campaign) -> None:
    """Print the sites and the cells of a campaign."""
    campaign.manifest()
