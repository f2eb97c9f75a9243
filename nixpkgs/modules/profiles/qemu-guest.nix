# A system on emulated hardware; machines have none, so there is nothing to set.
{ }
