"""The commands of AGI, by what they are about; `acdengine.agi.command_table` lists them."""
