"""The route of a file, in three verbs and three commits: receive, translate, deliver; and review, a person's verbs."""
