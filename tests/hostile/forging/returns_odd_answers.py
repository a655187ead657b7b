"""Answers with JSON whose parts have other types than they should, and with arrays that are none."""
# %% first
import json
import socket
import struct
import sys


def serving():
    frame = sys._getframe()
    while frame.f_code.co_name != "_serve":
        frame = frame.f_back
    return frame.f_locals


def frame_of(**message):
    body = json.dumps(message).encode()
    return struct.pack("!I", len(body)) + body

import base64
import io


def npy(header):
    text = header.encode() + b"\n"
    return {"npy": base64.b64encode(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text).decode()}


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return {"npy": base64.b64encode(file.getvalue()).decode()}


header = "{'descr': '%s', 'fortran_order': False, 'shape': %s}"
values = [
    npy(header % ("<f8", "(2000000000,)")),
    npy(header % ("<f8", "(0, 10000000000000)")),
    npy(header % ("|V0", "(1000000000,)")),
    npy(header % ("|S0", "(1000000000000,)")),
    npy(header % ("<f8", "()" + "()" * 100)),
    npy(header % ("|O", "(1,)")),
    saved(np.zeros((1,) * 60)),
    saved(np.zeros(1_000_000, "complex64")),
    saved(np.zeros(20_000_000, "int8")),
    saved(np.array(["2.4"] * 6)),
    saved(np.zeros(6, "datetime64[s]")),
    saved(np.zeros(6, "timedelta64[s]")),
    saved(np.full(6, np.nan, "float16")),
    saved(np.full(6, 2**63 - 1)),
    {"plain": 10**4000},
    {"list": [{"list": []}] * 100_000},
    {"tuple": {"plain": 1}},
    {"formula": "sine", "coefficients": {"amplitude": {"plain": None}}},
    {"formula": ["sine"], "coefficients": {}},
    {"formula": "quadratic", "coefficients": {"matrix": saved(np.zeros((3, 3))), "linear": {"plain": 1}, "constant": {"plain": 1}}},
]
answers = [json.dumps({"status": "returned", "value": each, "arguments": []}) for each in values]
answers += [json.dumps({"status": each}) for each in (None, [], {}, 5, "right", "missing", "not_asked", "did_not_return")]
answers += [json.dumps({"status": "raised", "error": "\ud800\0<b>", "message": ["\udfff"] * 1000, "line": {}, "called": "x" * 10**6})]
answers += [json.dumps({"status": "raised", "error": "NameError", "message": "name 'np' is not defined"})]
rest = iter(answers)


def forge():
    student = serving()["self"]
    honest = student._answers["ask"]

    async def ask(request):
        is_right = json.loads(request["question"])["function"] == "td_errors"
        return await honest(request) if is_right else {"answer": next(rest, "")}

    student._answers["ask"] = ask


forge()
