"""Django, REST framework and Celery, as `startproject` and the tutorials set them up.

A task asks the workers' endpoints of the same Django over HTTP, as the replaced program did.
"""

import os
import uuid

import django
import requests
from celery import Celery
from django.conf import settings

REDIS_URL, PORT = os.environ["REDIS_URL"], os.environ["PORT"]
MODULE = "django_peer"

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=MODULE,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "rest_framework",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["DB_PATH"],
            "OPTIONS": {"timeout": 20},
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - after setup
from django.db import connection, models  # noqa: E402 - the same
from django.urls import path  # noqa: E402 - the same
from rest_framework.response import Response  # noqa: E402 - the same
from rest_framework.views import APIView  # noqa: E402 - the same

celery = Celery("django_peer", broker=REDIS_URL, backend=REDIS_URL)


class Result(models.Model):
    id = models.CharField(max_length=36, primary_key=True)
    text = models.TextField(null=True)
    image_uri = models.TextField(null=True)
    runs = models.IntegerField(default=1)

    class Meta:
        app_label = "peer"


@celery.task(name="content")
def content(id_, prompt, tag):
    text = ask("text", prompt) if tag != "image" else None
    uri = ask("image", prompt) if tag != "text" else None
    row, new = Result.objects.get_or_create(id=id_, defaults={"text": text, "image_uri": uri})
    if not new:
        Result.objects.filter(pk=row.id).update(runs=models.F("runs") + 1)


def ask(kind, prompt):
    url = f"http://127.0.0.1:{PORT}/worker/{kind}/"
    answer = requests.post(url, params={"prompt": prompt}, timeout=30)
    answer.raise_for_status()
    return answer.json()["made"]


class Content(APIView):
    def post(self, request):
        prompt, tag = request.query_params.get("prompt"), request.query_params.get("tag")
        if not prompt or tag not in ("text", "image", "instagram"):
            return Response({"error": "bad request"}, 400)
        id_ = uuid.uuid4().hex
        content.delay(id_, prompt, tag)
        return Response({"message": "accepted", "RequestId": id_}, 202)


class View(APIView):
    def post(self, request):
        row = Result.objects.filter(pk=request.query_params["request-id"]).first()
        if row is None:
            return Response({"status": "queued", "text": None, "imageUri": None, "runs": 0})
        found = {"text": row.text, "imageUri": row.image_uri, "runs": row.runs}
        return Response({"status": "completed", **found})


class Worker(APIView):
    def post(self, request, kind):
        prompt = request.query_params["prompt"]
        made = f"generated text for {prompt}" if kind == "text" else f"/images/{prompt}.png"
        return Response({"made": made})


class Ready(APIView):
    def get(self, _request):
        return Response({"ready": True})


urlpatterns = [
    path("content/", Content.as_view()),
    path("content/view/", View.as_view()),
    path("worker/<kind>/", Worker.as_view()),
    path("readyz", Ready.as_view()),
]
application = get_wsgi_application()

if __name__ == "__main__":
    with connection.schema_editor() as editor:
        editor.create_model(Result)
