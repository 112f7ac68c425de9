"""Records: facts become rows of a database, for reports, exports and other programs.

The daemon appends facts to a spool on disk (`spool`). A process of its own (`writer`) reads them,
works out rows (`projector`) and writes them with its place in the spool in one transaction
(`database`). A slow or dead database therefore costs the calls nothing: the spool grows meanwhile.

Only the writer and the commands that read the database import SQLAlchemy.
"""

from __future__ import annotations
