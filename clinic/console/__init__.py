"""The staff's web application: one file a feature, its templates in templates/<feature>/.

A view is a permission, a query and a template (clinic.console.views). Nothing here imports Rasa: the
console reads the database, and so starts in a second and needs little memory.
"""
