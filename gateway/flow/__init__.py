"""The route of a file, in three verbs and three commits: receive, translate, deliver (and compose, the way out; review, a person's verbs)."""
