"""What the pages that play something share: a computation (`step_through`), and a training (`History.page`).

player.py    the file: one page that needs nothing but a browser, with player.html, player.css and player.js in it. Its
             outermost part, document.html, and its colours are also those of a playground
"""
