"""From executed notebooks to the site: pages, figure files, numbers."""
