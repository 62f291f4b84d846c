"""The addresses of signing in and out."""

from __future__ import annotations

from django.urls import path

from forloeb.web.signin import back_channel, views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/provider/", views.begin, name="sign-in-provider"),
    path("sign-in/callback/", views.callback, name="sign-in-callback"),
    path("sign-in/persona/", views.choose_persona, name="sign-in-persona"),
    path("sign-in/choose/", views.choose, name="sign-in-choose"),
    path("sign-in/code/", views.accept_code, name="sign-in-code"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("sign-out/back-channel/", back_channel.sign_out, name="sign-out-back-channel"),
    path("signed-out/", views.signed_out, name="signed-out"),
]
