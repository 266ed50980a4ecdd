"""The campaign of a database, built again from its plan."""

from __future__ import annotations

from pathlib import Path

from ..campaigns.campaign import Campaign
from ..campaigns.plan_files import plan_of
from ..campaigns.store import Results, check_identity, identity
from ..campaigns.store_files import plain


def stored_campaign(database: Path, stored: Results, folder: Path | None) -> Campaign:
    """The campaign whose networks lie in a folder, by default that of the database.

    ``ForeignStore`` where they are others than those of the database. Versions may be others: a replay with them is a
    comparison.
    """
    campaign = Campaign(plan_of(stored.manifest["plan"]), folder or database.parent)
    mine = identity(campaign.manifest())._replace(versions=())
    check_identity(database, {"fingerprint": stored.fingerprint, "manifest": plain(stored.manifest)}, mine)
    return campaign
