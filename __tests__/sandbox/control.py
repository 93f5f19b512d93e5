"""Drives a sandbox through its control API and verifies a callback by itself: Python's standard library, and nothing of this package.

Usage: control.py <sandbox url> <app secret> <port to listen on for callbacks>
"""
import hashlib
import json
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

URL, SECRET, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
received = []


class Game(BaseHTTPRequestHandler):
    def do_POST(self):
        received.append(self.rfile.read(int(self.headers["content-length"])).decode("utf-8"))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode("utf-8")
    request = urllib.request.Request(URL + path, data, {"content-type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def moment(moment_id):
    return {
        "app": {"app_key": "any", "version": "1"},
        "connection": {"ip": "54.174.101.1"},
        "device": {"id": "device-1", "lang": "en", "locale": "en_US", "os": "Android 15"},
        "sdk_version": "1.0",
        "test": True,
        "user": {"userid": "jöhn"},
        "user_consent_info": {"user_compliance": True, "state": "CA"},
        "moment": {"id": moment_id},
    }


def check(what, condition):
    print(("ok: " if condition else "FAILED: ") + what)
    if not condition:
        sys.exit(1)


def main():
    game = HTTPServer(("127.0.0.1", PORT), Game)
    threading.Thread(target=game.serve_forever, daemon=True).start()

    check("reset", call("/_sandbox/reset", {}) == (200, {"ok": True}))
    status, answer = call("/2.0/server/moment/", moment("level_up"))
    check("a test moment gets a reward", status == 200 and answer["view"]["id"].startswith("test_"))
    reward_id = answer["view"]["id"]
    check("it is on the list", [one["id"] for one in call("/_sandbox/rewards")[1]] == [reward_id])

    status, consent = call("/_sandbox/compliance?userId=j%C3%B6hn&deviceId=device-1")
    check("the platform knows the consent", consent["optedOut"] is True and consent["state"] == "CA")

    status, delivery = call("/_sandbox/redeem", {"rewardId": reward_id, "quantity": "20.0"})
    check("the redemption is delivered", status == 200 and delivery["delivered"] and len(received) == 1)
    # The text of a number is what was signed, so it is read as text.
    sent = json.loads(received[0], parse_float=str, parse_int=str)
    signed = "".join(sent[name] for name in ("content", "name", "quantity", "user_id", "transaction_id")) + SECRET
    check("its quantity came as it was given", sent["quantity"] == "20.0")
    check("its signature fits", sent["signature"] == hashlib.sha1(signed.encode("utf-8")).hexdigest())

    status, replay = call("/_sandbox/replay", {"id": delivery["id"]})
    check("a replay is the same bytes", received[1] == received[0] and replay["repeats"] == delivery["id"])

    call("/_sandbox/fail", {"fault": {"kind": "status", "status": 503}})
    check("a fault hits the next moment", call("/2.0/server/moment/", moment("again"))[0] == 503)
    verdicts = [one["verdict"] for one in call("/_sandbox/requests")[1]]
    check("and the record says so", verdicts[0] == "moment: reward" and "fault: status 503" in verdicts[-1])
    status, refused = call("/_sandbox/redeem", {"rewardId": "none"})
    check("what is wrong is told", status == 400 and "rewardId" in refused["error"])
    game.shutdown()


main()
