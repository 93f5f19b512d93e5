"""Computes vectors.json with hashlib, independently of the code under test: python3 __tests__/callbacks/vectors.py > __tests__/callbacks/vectors.json"""
import hashlib
import json
import urllib.parse

SECRET = "s3cr3t-äöü-🔑"


def sha1(*texts):
    return hashlib.sha1("".join(texts).encode("utf-8")).hexdigest()


def redemption(name, quantity, user="player-1", currency="Coins", legacy=False, transaction="reward-1", raw_number=True):
    content = "577ea3aa-b723-ae81-660c-79fae3443e12"
    parts = [content, quantity, user, transaction] if legacy else [content, currency, quantity, user, transaction]
    fields = {"transaction_id": transaction, "content": content, "name": currency, "quantity": quantity, "user_id": user}
    return vector(name, fields, sha1(*parts, SECRET), "legacy" if legacy else "documented", raw_number)


def issuance(name, quantity, nonce="n-1", origin="survey", user="player-1"):
    content, transaction = "coins", "reward-1"
    fields = {"content": content, "quantity": quantity, "user_id": user, "transaction_id": transaction, "nonce": nonce, "origin": origin}
    return vector(name, fields, sha1(content, quantity, user, transaction, nonce, origin, SECRET), "documented", True)


def vector(name, fields, signature, formula, raw_number):
    members = []
    for key, value in {**fields, "signature": signature}.items():
        written = value if key == "quantity" and raw_number else json.dumps(value, ensure_ascii=False)
        members.append(json.dumps(key) + ": " + written)
    return {
        "name": name,
        "formula": formula,
        "fields": fields,
        "signature": signature,
        "json": "{" + ", ".join(members) + "}",
        "form": urllib.parse.urlencode({**fields, "signature": signature}),
    }


print(
    json.dumps(
        {
            "secret": SECRET,
            "vectors": [
                redemption("redemption", "20"),
                redemption("redemption, quantity as a string", "20", raw_number=False),
                redemption("redemption, 20.0", "20.0"),
                redemption("redemption, 2e1", "2e1"),
                redemption("redemption, 9007199254740993", "9007199254740993"),
                redemption("redemption, -0", "-0"),
                redemption("redemption, 1E+2", "1E+2"),
                redemption("redemption, Unicode", "5", user="ユーザー-😀-é", currency="Gemmes précieuses 💎"),
                redemption("redemption, composed and decomposed are two texts", "5", user="e\u0301"),
                redemption("redemption, plus and space", "5", user="a+b c@example.com", currency="50% + & = ?"),
                redemption("redemption, quotes, backslashes and controls", "5", user='a"b\\c/d', currency="tab\there\nand\u0001"),
                redemption("redemption, empty name", "5", currency=""),
                redemption("redemption, legacy", "20", legacy=True),
                redemption("redemption, legacy, Unicode, 20.0", "20.0", legacy=True, user="ユーザー"),
                issuance("issuance", "20"),
                issuance("issuance, 20.0", "20.0"),
                issuance("issuance, Unicode", "7", nonce="ñ-🎲", origin="app instalación"),
                issuance("issuance, empty nonce and origin", "7", nonce="", origin=""),
            ],
        },
        ensure_ascii=False,
        indent=2,
    )
)
