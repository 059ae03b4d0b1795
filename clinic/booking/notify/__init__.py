"""E-mails about appointments: which are due (outbox), their words (letters), and the sending (mail)."""
