"""The variables that legs are born with and that their life adds, as FreeSWITCH 1.11.1 names them.

Names and order are those of recordings (`tests/replay/esl`); ports and tags are made up.
"""

from __future__ import annotations

import time
from typing import Final

from adapters.sim.standin.core.channel import Channel

Headers = dict[str, str]

_V: Final = "variable_"
_SECOND_US: Final = 1_000_000

CODECS: Final[Headers] = {
    "Channel-Read-Codec-Name": "PCMU",
    "Channel-Read-Codec-Rate": "8000",
    "Channel-Read-Codec-Bit-Rate": "64000",
    "Channel-Write-Codec-Name": "PCMU",
    "Channel-Write-Codec-Rate": "8000",
    "Channel-Write-Codec-Bit-Rate": "64000",
}
NULL_CODECS: Final[Headers] = {
    "Channel-Read-Codec-Name": "L16",
    "Channel-Read-Codec-Rate": "8000",
    "Channel-Read-Codec-Bit-Rate": "128000",
    "Channel-Write-Codec-Name": "L16",
    "Channel-Write-Codec-Rate": "8000",
    "Channel-Write-Codec-Bit-Rate": "128000",
}
_CODEC_VARIABLES: Final[Headers] = {
    f"{_V}rtp_audio_recv_pt": "0",
    f"{_V}rtp_use_codec_name": "PCMU",
    f"{_V}rtp_use_codec_rate": "8000",
    f"{_V}rtp_use_codec_ptime": "20",
    f"{_V}rtp_use_codec_channels": "1",
    f"{_V}rtp_last_audio_codec_string": "PCMU@8000h@20i@1c",
    f"{_V}read_codec": "PCMU",
    f"{_V}original_read_codec": "PCMU",
    f"{_V}read_rate": "8000",
    f"{_V}original_read_rate": "8000",
    f"{_V}write_codec": "PCMU",
    f"{_V}write_rate": "8000",
    f"{_V}dtmf_type": "rfc2833",
}


def _sdp(origin: str, port: int) -> str:
    return (
        f"v=0\r\n{origin}\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\n"
    )


def _prefixed(values: Headers) -> Headers:
    return {f"{_V}{name}": value for name, value in values.items()}


def of_inbound_sip(
    uuid: str, number: str, name: str, did: str, port: int, session: int, at_us: int, trunk: int
) -> Headers:
    """A leg that came in over the SIP profile ``external``."""
    host = f"127.0.0.1:{port}"
    tag = f"{session}c1"
    return {
        **_prefixed(
            {
                "direction": "inbound",
                "uuid": uuid,
                "call_uuid": uuid,
                "session_id": str(session),
                "sip_from_user": number,
                "sip_from_port": str(port),
                "sip_from_uri": f"{number}@{host}",
                "sip_from_host": "127.0.0.1",
                "video_media_flow": "disabled",
                "text_media_flow": "disabled",
                "channel_name": f"sofia/external/{number}@{host}",
                "sip_call_id": f"{session}-{port}@127.0.0.1",
                "sip_local_network_addr": "127.0.0.1",
                "sip_network_ip": "127.0.0.1",
                "sip_network_port": str(port),
                "sip_invite_stamp": str(at_us),
                "sip_received_ip": "127.0.0.1",
                "sip_received_port": str(port),
                "sip_via_protocol": "udp",
                "sip_from_user_stripped": number,
                "sip_from_tag": tag,
                "sofia_profile_name": "external",
                "sofia_profile_url": f"sip:mod_sofia@127.0.0.1:{trunk}",
                "recovery_profile_name": "external",
                "sip_full_via": f"SIP/2.0/UDP {host};branch=z9hG4bK{session}x1x1",
                "sip_from_display": name,
                "sip_full_from": f'"{name}" <sip:{number}@{host}>;tag={tag}',
                "sip_full_to": f"<sip:{did}@127.0.0.1:{trunk}>",
                "sip_allow": "INVITE, ACK, BYE, CANCEL, INFO",
                "sip_req_user": did,
                "sip_req_port": str(trunk),
                "sip_req_uri": f"{did}@127.0.0.1:{trunk}",
                "sip_req_host": "127.0.0.1",
                "sip_to_user": did,
                "sip_to_port": str(trunk),
                "sip_to_uri": f"{did}@127.0.0.1:{trunk}",
                "sip_to_host": "127.0.0.1",
                "sip_contact_user": number,
                "sip_contact_port": str(port),
                "sip_contact_uri": f"{number}@{host}",
                "sip_contact_host": "127.0.0.1",
                "sip_via_host": "127.0.0.1",
                "sip_via_port": str(port),
                "max_forwards": "70",
                "switch_r_sdp": _sdp("o=- 1 1 IN IP4 127.0.0.1\r\ns=-", port),
                "ep_codec_string": "CORE_PCM_MODULE.PCMU@8000h@20i@64000b",
                "rtp_use_codec_string": "PCMU,PCMA",
                "remote_video_media_flow": "inactive",
                "remote_text_media_flow": "inactive",
                "remote_audio_media_flow": "sendrecv",
                "audio_media_flow": "sendrecv",
                "remote_media_ip": "127.0.0.1",
                "remote_media_port": str(port),
            }
        ),
        **_CODEC_VARIABLES,
        f"{_V}endpoint_disposition": "RECEIVED",
    }


def of_outbound(uuid: str, name: str, session: int) -> Headers:
    """A leg that the switch makes, before the variables of its dial string."""
    return _prefixed(
        {
            "direction": "outbound",
            "is_outbound": "true",
            "uuid": uuid,
            "call_uuid": uuid,
            "session_id": str(session),
            "video_media_flow": "disabled",
            "text_media_flow": "disabled",
            "channel_name": name,
        }
    )


def of_outbound_sip(profile: str, user: str, host: str, session: int, port: int) -> Headers:
    """What dialling over SIP adds, behind the variables of the dial string."""
    return _prefixed(
        {
            "originate_endpoint": "sofia",
            "rtp_use_codec_string": "PCMU,PCMA",
            "local_media_ip": "127.0.0.1",
            "local_media_port": str(16_384 + 2 * (session % 8_000)),
            "advertised_media_ip": "127.0.0.1",
            "audio_media_flow": "sendrecv",
            "rtp_local_sdp_str": _sdp(
                f"o=FreeSWITCH {session} {session} IN IP4 127.0.0.1\r\ns=FreeSWITCH", port
            ),
            "sip_outgoing_contact_uri": f"<sip:mod_sofia@127.0.0.1:{port}>",
            "sip_req_uri": f"{user}@{host}",
            "sip_to_host": host,
            "sip_from_host": "127.0.0.1",
            "sofia_profile_name": profile,
            "recovery_profile_name": profile,
            "sofia_profile_url": f"sip:mod_sofia@127.0.0.1:{port}",
        }
    )


def of_reply(user: str, host: str, session: int, own: str) -> Headers:
    """What the first reply of the telephone adds."""
    ip, _, port = host.partition(":")
    return _prefixed(
        {
            "sip_reply_host": ip,
            "sip_reply_port": port,
            "sip_network_ip": ip,
            "sip_network_port": port,
            "sip_full_from": f"<sip:{own}@127.0.0.1>;tag={session}f",
            "sip_full_to": f"<sip:{user}@{host}>;tag={session}t",
            "sip_from_user": own,
            "sip_from_uri": f"{own}@127.0.0.1",
            "sip_to_user": user,
            "sip_to_port": port,
            "sip_to_uri": f"{user}@{host}",
            "sip_contact_user": "agent",
            "sip_contact_port": port,
            "sip_contact_uri": f"agent@{host}",
            "sip_contact_host": ip,
            "sip_to_tag": f"{session}t",
            "sip_from_tag": f"{session}f",
            "sip_cseq": str(123_000_000 + session),
            "sip_call_id": f"{session}-46b3378f-60e1-1240",
        }
    )


def of_answer(session: int) -> Headers:
    """What an answered leg knows of its media."""
    port = 16_384 + 2 * (session % 8_000)
    return {
        **_CODEC_VARIABLES,
        **_prefixed(
            {
                "rtp_local_sdp_str": _sdp(
                    f"o=FreeSWITCH {session} {session} IN IP4 127.0.0.1\r\ns=FreeSWITCH", port
                ),
                "local_media_ip": "127.0.0.1",
                "local_media_port": str(port),
                "advertised_media_ip": "127.0.0.1",
                "rtp_use_timer_name": "soft",
                "rtp_use_pt": "0",
                "rtp_use_ssrc": str(990_000_000 + session),
                "rtp_2833_send_payload": "101",
                "rtp_2833_recv_payload": "101",
            }
        ),
    }


_RTP_STATISTICS: Final = _prefixed(
    {
        **{
            f"rtp_audio_in_{name}": "0"
            for name in (
                "raw_bytes", "media_bytes", "packet_count", "media_packet_count",
                "skip_packet_count", "jitter_packet_count", "dtmf_packet_count",
                "cng_packet_count", "flush_packet_count", "largest_jb_size",
            )
        },
        "rtp_audio_in_jitter_min_variance": "0.00",
        "rtp_audio_in_jitter_max_variance": "0.00",
        "rtp_audio_in_jitter_loss_rate": "0.00",
        "rtp_audio_in_jitter_burst_rate": "0.00",
        "rtp_audio_in_mean_interval": "20.00",
        "rtp_audio_in_flaw_total": "0",
        "rtp_audio_in_quality_percentage": "100.00",
        "rtp_audio_in_mos": "4.50",
        **{
            f"rtp_audio_out_{name}": "0"
            for name in (
                "raw_bytes", "media_bytes", "packet_count", "media_packet_count",
                "skip_packet_count", "dtmf_packet_count", "cng_packet_count",
            )
        },
        "rtp_audio_rtcp_packet_count": "0",
        "rtp_audio_rtcp_octet_count": "0",
    }
)  # fmt: skip


def _stamp(at_us: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at_us // _SECOND_US))


def of_the_end(leg: Channel, q850: int) -> Headers:
    """What CHANNEL_HANGUP_COMPLETE adds: the times of the whole life, and the counts of media."""
    begun, ended = leg.created_us, leg.hung_up_us
    answered, bridged = leg.answered_us, leg.time_us("Channel-Bridged")
    progress, media = leg.time_us("Channel-Progress"), leg.time_us("Channel-Progress-Media")
    profile = leg.time_us("Profile-Created")
    moments = {
        "start": begun, "profile_start": profile, "answer": answered, "bridge": bridged,
        "progress": progress, "progress_media": media, "end": ended,
    }  # fmt: skip
    values: Headers = {
        "hangup_cause": leg.cause,
        "hangup_cause_q850": str(q850),
        "digits_dialed": leg.digits or "none",
    }
    values |= {f"{name}_stamp": _stamp(at_us) for name, at_us in moments.items() if at_us}
    for name, at_us in moments.items():
        values[f"{name}_epoch"] = str(at_us // _SECOND_US)
        values[f"{name}_uepoch"] = str(at_us)
    values["hold_accum_seconds"] = str(leg.hold_accum_us // _SECOND_US)
    values["hold_accum_usec"] = str(leg.hold_accum_us)
    values["hold_accum_ms"] = str(leg.hold_accum_us // 1000)
    name = leg.caller.get("Caller-Caller-ID-Name", "")
    number = leg.caller.get("Caller-Caller-ID-Number", "")
    values["last_app"] = leg.get("current_application")
    values["last_arg"] = leg.get("current_application_data")
    values["caller_id"] = f'"{name}" <{number}>' if name else number
    lengths = {
        "duration": ended - begun,
        "bill": ended - answered if answered else 0,
        "progress": progress - begun if progress else 0,
        "answer": answered - begun if answered else 0,
        "wait": (bridged or ended) - begun,
        "progress_media": media - begun if media else 0,
        "flow_bill": ended - begun,
    }
    for unit, per in (("sec", _SECOND_US), ("msec", 1000), ("usec", 1)):
        for what, length_us in lengths.items():
            is_whole = what == "duration"
            key = unit.removesuffix("sec") + what if is_whole else what + unit
            values[key] = str(length_us // per)
    values["sip_hangup_disposition"] = leg.get("sip_hangup_disposition")
    written = {f"{_V}{key}": value for key, value in values.items() if value}
    return {**written, **_RTP_STATISTICS} if answered else written
