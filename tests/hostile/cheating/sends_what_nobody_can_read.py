"""Sends outputs that are no outputs: updates of what is not there, data of a wrong kind, messages without a type."""
# %% first
from IPython.display import clear_output, display

kernel = get_ipython().kernel
handle = display("one", display_id="one")
display("two", display_id="two")
clear_output()
for kind, content in (
    ("update_display_data", {"data": {}, "metadata": {}, "transient": {"display_id": "two"}}),
    ("update_display_data", {"transient": {"display_id": "one"}}),
    ("stream", {"name": "nowhere"}),
    ("display_data", {"data": "2.0"}),
    ("execute_result", {}),
    ("error", {"ename": 2.0}),
    ("no such type", {}),
):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent("shell"))

# %% last
kernel = get_ipython().kernel
for data in ({"text/plain": 5}, {"image/png": [1, 2]}, {"text/html": {"a": 1}}, {"no mime type": "2.0"}):
    content = {"data": data, "metadata": {"x": [{}]}}
    kernel.session.send(kernel.iopub_socket, "display_data", content, parent=kernel.get_parent("shell"))
