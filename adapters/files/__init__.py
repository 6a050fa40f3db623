"""Files people keep: tables as CSV and Excel workbooks, pages as PDF and PNG, written whole or not at all."""
