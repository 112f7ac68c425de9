"""Callers of `python -m bench freeswitch`: real SIP calls, so many at a time, replaced as they go.

One SIPp process keeps a number of calls up: a caller who is hung up on is replaced. A caller
says nothing and hangs up never. Frames are of 120 ms, not 20, so that FreeSWITCH has a sixth of the
work with holding a caller and the machine holds thousands; it is the same for both distributors.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.live.freeswitch_instance import free_port

FRAME_MS: Final = 120

_HEAD: Final = """\
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK[pid]x[call_number]x@N@
      Max-Forwards: 70
      From: <sip:30[call_number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
      To: <sip:@DID@@[remote_ip]:[remote_port]>@TAG@
      Call-ID: [call_id]
"""

_SCENARIO: Final = f"""\
<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="waiting caller">
  <send retrans="500">
    <![CDATA[

      INVITE sip:@DID@@[remote_ip]:[remote_port] SIP/2.0
{_HEAD.replace("@N@", "1").replace("@TAG@", "")}\
      CSeq: 1 INVITE
      Contact: <sip:caller@[local_ip]:[local_port]>
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=- 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0
      a=rtpmap:0 PCMU/8000
      a=ptime:{FRAME_MS}
    ]]>
  </send>
  <recv response="100" optional="true" />
  <recv response="180" optional="true" />
  <recv response="183" optional="true" />
  <recv response="200" rrs="true" />
  <send>
    <![CDATA[

      ACK [next_url] SIP/2.0
{_HEAD.replace("@N@", "2").replace("@TAG@", "[peer_tag_param]")}\
      CSeq: 1 ACK
      Content-Length: 0

    ]]>
  </send>
  <recv request="BYE" />
  <send>
    <![CDATA[

      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

    ]]>
  </send>
</scenario>
"""


def scenario(did: str) -> str:
    """What each caller does, in SIPp's words."""
    return _SCENARIO.replace("@DID@", did)


class CallersEnded(Exception):
    """SIPp has ended by itself; holds what it complained of."""


class Callers:
    """So many callers on the line, for as long as it runs.

    Args:
        folder: for SIPp's files.
        trunk_port: where FreeSWITCH takes calls.
        did: the number they dial.
        count: on the line at a time.
        per_s: calls begun a second, at the most.
    """

    def __init__(self, folder: Path, trunk_port: int, did: str, count: int, per_s: int) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "caller.xml").write_text(scenario(did), "utf-8")
        with (folder / "screen.txt").open("wb") as screen:
            self._process = subprocess.Popen(
                [
                    *("sipp", f"127.0.0.1:{trunk_port}", "-sf", "caller.xml", "-nostdin"),
                    *("-i", "127.0.0.1", "-p", str(free_port()), "-mp", "10000"),
                    *("-l", str(count), "-r", str(per_s), "-m", "100000000"),
                    *("-trace_err", "-error_file", "errors.txt"),
                    *("-trace_stat", "-stf", "statistics.csv", "-fd", "1"),
                ],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=subprocess.STDOUT,
            )

    @staticmethod
    def missing() -> str:
        """Why there can be no callers here, or nothing."""
        return "" if shutil.which("sipp") else "SIPp is not installed (Debian: sip-tester)"

    def figures(self) -> dict[str, str]:
        """SIPp's statistics of the last second, by the heads of its columns.

        Raises:
            CallersEnded: it does not run any more.
        """
        if self._process.poll() is not None:
            errors = self._folder / "errors.txt"
            said = errors.read_text("utf-8", "replace") if errors.exists() else ""
            raise CallersEnded(f"SIPp ended with {self._process.returncode}\n{said[-2000:]}")
        path = self._folder / "statistics.csv"
        if not path.exists():
            return {}
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter=";"))
        return dict(zip(rows[0], rows[-1], strict=False)) if len(rows) > 1 else {}

    def failed(self) -> int:
        """Calls that went otherwise than they should."""
        return int(self.figures().get("FailedCall(C)", "0") or 0)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
