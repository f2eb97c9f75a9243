# A system without screen and console, as every machine is.
{ }
