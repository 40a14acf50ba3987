"""The common parts of pages that play something: a computation (`step_through`), or a training (`History.page`).

player.py    the file: one page that needs nothing but a browser, with player.html, player.css and player.js in it. A
             playground also uses its outermost part, document.html, and its colours
"""
