"""MedCom's messages: laboratory reports in both forms (XRPT01, RPT01), and referrals to municipalities. No I/O."""
