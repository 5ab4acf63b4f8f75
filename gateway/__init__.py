"""The gateway: takes custody of partners' files, posts them once to an ERP, answers the sender, keeps the proof."""
