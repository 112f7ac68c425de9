"""Events of the size that a busy FreeSWITCH sends: 186 headers, 8.4 KB, some 270 escapes each.

Made here from a seed, in the order and with the names in which FreeSWITCH sends them; every value
is invented. Each event belongs to another call, so that nothing is gained by remembering lines.
"""

from __future__ import annotations

import json
import random
from typing import Final

HEADERS_PER_EVENT: Final = 186

_EVENT: Final = """\
Event-Name: CHANNEL_BRIDGE
Core-UUID: 6f1c02de-8d3f-4c55-9f0e-2a64c0a8d1b7
FreeSWITCH-Hostname: pbx-a.example.com
FreeSWITCH-Switchname: pbx-a.example.com
FreeSWITCH-IPv4: 10.20.0.5
FreeSWITCH-IPv6: ::1
Event-Date-Local: 2026-11-22 09:{minute}:{second}
Event-Date-GMT: Sun, 22 Nov 2026 01:{minute}:{second} GMT
Event-Date-Timestamp: {at_us}
Event-Calling-File: switch_ivr_bridge.c
Event-Calling-Function: audio_bridge_thread
Event-Calling-Line-Number: 1812
Event-Sequence: {sequence}
Bridge-A-Unique-ID: {a_leg}
Bridge-B-Unique-ID: {b_leg}
Channel-State: CS_EXECUTE
Channel-Call-State: ACTIVE
Channel-State-Number: 4
Channel-Name: sofia/external/{ani}@198.51.100.{octet}
Unique-ID: {a_leg}
Call-Direction: inbound
Presence-Call-Direction: inbound
Channel-HIT-Dialplan: true
Channel-Presence-ID: {ani}@198.51.100.{octet}
Channel-Call-UUID: {a_leg}
Answer-State: answered
Channel-Read-Codec-Name: PCMA
Channel-Read-Codec-Rate: 8000
Channel-Read-Codec-Bit-Rate: 64000
Channel-Write-Codec-Name: PCMA
Channel-Write-Codec-Rate: 8000
Channel-Write-Codec-Bit-Rate: 64000
"""
_PROFILE: Final = """\
{prefix}-Direction: {direction}
{prefix}-Logical-Direction: {direction}
{prefix}-Username: {user}
{prefix}-Dialplan: XML
{prefix}-Caller-ID-Name: {name}
{prefix}-Caller-ID-Number: {ani}
{prefix}-Orig-Caller-ID-Name: {name}
{prefix}-Orig-Caller-ID-Number: {ani}
{prefix}-Callee-ID-Name: Agent {agent}
{prefix}-Callee-ID-Number: {agent}
{prefix}-Network-Addr: 198.51.100.{octet}
{prefix}-ANI: {ani}
{prefix}-Destination-Number: {dnis}
{prefix}-Unique-ID: {leg}
{prefix}-Source: mod_sofia
{prefix}-Context: public
{prefix}-Channel-Name: sofia/external/{user}@198.51.100.{octet}
{prefix}-Profile-Index: 1
{prefix}-Profile-Created-Time: {at_us}
{prefix}-Channel-Created-Time: {at_us}
{prefix}-Channel-Answered-Time: {at_us}
{prefix}-Channel-Progress-Time: 0
{prefix}-Channel-Progress-Media-Time: {at_us}
{prefix}-Channel-Hangup-Time: 0
{prefix}-Channel-Transferred-Time: 0
{prefix}-Channel-Resurrect-Time: 0
{prefix}-Channel-Bridged-Time: {at_us}
{prefix}-Channel-Last-Hold: 0
{prefix}-Channel-Hold-Accum: 0
{prefix}-Screen-Bit: true
{prefix}-Privacy-Hide-Name: false
{prefix}-Privacy-Hide-Number: false
"""
_VARIABLES: Final = """\
direction: inbound
uuid: {a_leg}
session_id: {sequence}
sip_from_params: tag={token}
sip_from_user: {ani}
sip_from_uri: {ani}@198.51.100.{octet}
sip_from_host: 198.51.100.{octet}
video_media_flow: disabled
audio_media_flow: sendrecv
text_media_flow: disabled
channel_name: sofia/external/{ani}@198.51.100.{octet}
sip_call_id: {token}-{sequence}@198.51.100.{octet}
sip_local_network_addr: 203.0.113.9
sip_network_ip: 198.51.100.{octet}
sip_network_port: 5060
sip_invite_stamp: {at_us}
sip_received_ip: 198.51.100.{octet}
sip_received_port: 5060
sip_via_protocol: udp
sip_from_user_stripped: {ani}
sip_from_tag: {token}
sofia_profile_name: external
sofia_profile_url: sip:mod_sofia@203.0.113.9:5080
recovery_profile_name: external
sip_invite_record_route: <sip:198.51.100.{octet};lr;ftag={token}>
sip_full_via: SIP/2.0/UDP 198.51.100.{octet}:5060;branch=z9hG4bK{token}
sip_full_from: "{name}" <sip:{ani}@198.51.100.{octet}>;tag={token}
sip_full_to: <sip:{dnis}@203.0.113.9>
sip_req_params: user=phone
sip_req_user: {dnis}
sip_req_port: 5080
sip_req_uri: {dnis}@203.0.113.9:5080
sip_req_host: 203.0.113.9
sip_to_user: {dnis}
sip_to_uri: {dnis}@203.0.113.9
sip_to_host: 203.0.113.9
sip_contact_params: transport=udp
sip_contact_user: {ani}
sip_contact_port: 5060
sip_contact_uri: {ani}@198.51.100.{octet}:5060
sip_contact_host: 198.51.100.{octet}
sip_user_agent: Trunk-SBC/7.4.1 (build 2291)
sip_via_host: 198.51.100.{octet}
sip_via_port: 5060
sip_via_rport: 5060
sip_P-Asserted-Identity: "{name}" <sip:{ani}@198.51.100.{octet};user=phone>
sip_history_info: <sip:{dnis}@203.0.113.9:5060?Reason=SIP%3Bcause%3D302>;index=1;mp=1
sip_rh_X-Trunk: group=hk-{language}; circuits=120; rate=8000; law=a; clock=e1
sip_acl_authed_by: domains; trunks = [198.51.100.0/24, 203.0.113.0/24]; via = "acl"
max_forwards: 69
presence_id: {ani}@198.51.100.{octet}
switch_r_sdp: {remote_sdp}
ep_codec_string: mod_spandsp.PCMA@8000h@20i@64000b,CORE_PCM_MODULE.PCMU@8000h@20i@64000b
endpoint_disposition: ANSWER
domain_name: pbx-a.example.com
domain_uuid: {domain}
accountcode: {dnis}
user_context: public
call_uuid: {a_leg}
open: true
RFC2822_DATE: Sun, 22 Nov 2026 09:{minute}:{second} +0800
hold_music: local_stream://moh
continue_on_fail: true
hangup_after_bridge: false
export_vars: domain_name,domain_uuid,acd_call_id
acd_call_id: {call}
acd_queue: sales-{language}
acd_priority: {priority}
acd_queued_at_us: {at_us}
acd_offer_id: {offer}
current_application_data: {b_leg}
current_application: park
rtp_use_codec_string: PCMA,PCMU,G722,OPUS
remote_audio_media_flow: sendrecv
audio_media_flow_changed: true
remote_media_ip: 198.51.100.{octet}
remote_media_port: 28114
rtp_audio_recv_pt: 8
rtp_use_codec_name: PCMA
rtp_use_codec_rate: 8000
rtp_use_codec_ptime: 20
rtp_use_codec_channels: 1
rtp_last_audio_codec_string: PCMA@8000h@20i@1c
read_codec: PCMA
read_rate: 8000
write_codec: PCMA
write_rate: 8000
local_media_ip: 203.0.113.9
advertised_media_ip: 203.0.113.9
rtp_local_sdp_str: {local_sdp}
"""

_REMOTE_SDP: Final = (
    "v=0",
    "o=- {sequence} 1 IN IP4 198.51.100.{octet}",
    "s=-",
    "c=IN IP4 198.51.100.{octet}",
    "t=0 0",
    "m=audio 28114 RTP/AVP 8 0 101",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-16",
    "a=ptime:20",
    "",
)
_LOCAL_SDP: Final = (
    "v=0",
    "o=FreeSWITCH {sequence} {sequence} IN IP4 203.0.113.9",
    "s=FreeSWITCH",
    "c=IN IP4 203.0.113.9",
    "t=0 0",
    "m=audio 24820 RTP/AVP 8 101",
    "",
)

# What FreeSWITCH percent-encodes, besides all that is not printable ASCII.
_UNSAFE: Final = frozenset(b'~ #%&+:;<=>?@[\\]^`{|}"')
_NAMES: Final = ("CHAN TAI MAN", "Mary Wong", "陳大文", "O'Brien, Sean", "客戶服務", "Anonymous")


def event(seed: int) -> dict[str, str]:
    """One event's headers, in their order."""
    draw = random.Random(seed)
    values = {
        "minute": f"{draw.randrange(60):02}",
        "second": f"{draw.randrange(60):02}",
        "at_us": str(1_795_305_600_000_000 + draw.randrange(10**12)),
        "sequence": str(8_000_000 + seed),
        "a_leg": _identity(draw),
        "b_leg": _identity(draw),
        "domain": _identity(draw),
        "call": _identity(draw),
        "offer": _identity(draw),
        "token": f"{draw.getrandbits(64):016x}",
        "ani": f"852{draw.randrange(10**8):08}",
        "dnis": f"3008{draw.randrange(10**4):04}",
        "agent": str(1000 + draw.randrange(200)),
        "octet": str(draw.randrange(256)),
        "name": draw.choice(_NAMES),
        "language": draw.choice(("en", "yue", "cmn")),
        "priority": str(draw.randrange(10)),
    }
    values["remote_sdp"] = "\r\n".join(_REMOTE_SDP).format(**values)
    values["local_sdp"] = "\r\n".join(_LOCAL_SDP).format(**values)
    headers = _filled(_EVENT, values)
    caller = {"prefix": "Caller", "direction": "inbound", "leg": values["a_leg"]}
    headers |= _filled(_PROFILE, values | caller | {"user": values["ani"]})
    agent = {"prefix": "Other-Leg", "direction": "outbound", "leg": values["b_leg"]}
    headers |= _filled(_PROFILE, values | agent | {"user": values["agent"]})
    variables = _filled(_VARIABLES, values)
    return headers | {f"variable_{name}": value for name, value in variables.items()}


def plain_frame(headers: dict[str, str]) -> bytes:
    """The event as FreeSWITCH sends it after `event plain ALL`."""
    lines = (f"{name}: ".encode() + _encoded(value.encode()) for name, value in headers.items())
    return _frame(b"text/event-plain", b"\n".join(lines) + b"\n\n")


def json_frame(headers: dict[str, str]) -> bytes:
    """The event as FreeSWITCH sends it after `event json ALL`."""
    document = json.dumps(headers, ensure_ascii=False, separators=(",", ":"))
    return _frame(b"text/event-json", document.encode())


def _frame(kind: bytes, body: bytes) -> bytes:
    return b"Content-Length: %d\nContent-Type: %b\n\n%b" % (len(body), kind, body)


def _filled(template: str, values: dict[str, str]) -> dict[str, str]:
    lines = (line.partition(": ") for line in template.split("\n") if line)
    return {name.format(**values): value.format(**values) for name, _, value in lines}


def _encoded(value: bytes) -> bytes:
    return b"".join(
        b"%%%02X" % byte if byte < 0x20 or byte > 0x7E or byte in _UNSAFE else bytes([byte])
        for byte in value
    )


def _identity(draw: random.Random) -> str:
    digits = f"{draw.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
