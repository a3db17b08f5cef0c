"""From the network: sources are polled, pages fetched, politely and within what may be asked at all.

poll(source) -> Poll         what a source lists                     poll.py
fetch_page(wanted) -> Page   a document, unchanged, or a rejection   pages.py
Client.get(url) -> Response  the one way in which anything is asked  client.py
"""
