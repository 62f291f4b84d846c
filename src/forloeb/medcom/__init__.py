"""MedCom's laboratory reports: OIOXML (XRPT01) and EDIFACT (RPT01) into one form, and XRPT01 out. No I/O."""
