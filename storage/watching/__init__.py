"""How runs, sources and the database do, for reports, alarms, metrics and the doctor."""
