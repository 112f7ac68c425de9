"""From FreeSWITCH's XML menus (`ivr.conf.xml`) to flows."""
