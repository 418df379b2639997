"""Addresses of signing in and out, accounts, a person's work, the thread and the audit trail.

The sign-in library finds its pages by the names that begin with ``account_``, ``mfa_`` and
``openid_connect_``.
"""

from django.urls import path

from openscrutiny.base import account_views, passkey_views, sign_in_views, single_sign_on, views
from openscrutiny.base.mail import views as mail_views

urlpatterns = [
    path("sign-in/", sign_in_views.SignIn.as_view(), name="account_login"),
    path("sign-in/code/", sign_in_views.SignInCode.as_view(), name="mfa_authenticate"),
    path("sign-in/with/<str:provider_id>/", single_sign_on.begin, name="openid_connect_login"),
    path(
        "sign-in/with/<str:provider_id>/back/", single_sign_on.back, name="openid_connect_callback"
    ),
    path("sign-out/", sign_in_views.SignOut.as_view(), name="sign-out"),
    path("set-up/<str:person>/<str:token>/", account_views.set_up, name="set-up-account"),
    path("account/", account_views.own, name="account"),
    path(
        "account/password/",
        sign_in_views.ChangePassword.as_view(),
        name="account_change_password",
    ),
    path(
        "account/confirm/",
        sign_in_views.ConfirmByPassword.as_view(),
        name="account_reauthenticate",
    ),
    path(
        "account/confirm/code/",
        sign_in_views.ConfirmByCode.as_view(),
        name="mfa_reauthenticate",
    ),
    path("account/second-factor/", sign_in_views.SetUpApp.as_view(), name="mfa_activate_totp"),
    path(
        "account/second-factor/remove/",
        sign_in_views.RemoveApp.as_view(),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/recovery-codes/",
        sign_in_views.RecoveryCodes.as_view(),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/recovery-codes/new/",
        sign_in_views.NewRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("account/unsent/", views.not_sent, name="unsent"),
    path("account/sign-ins/", account_views.signed_in, name="sign-ins"),
    path("account/passkeys/new/", passkey_views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        "account/passkeys/<int:number>/remove/",
        passkey_views.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("accounts/", account_views.every, name="accounts"),
    path("accounts/new/", account_views.new, name="new-account"),
    path("accounts/invite/", account_views.invite, name="invite"),
    path("accounts/<int:number>/", account_views.one, name="account-of"),
    path("accounts/<int:number>/<str:step>/", account_views.step, name="account-step"),
    path("notices/", mail_views.every, name="notices"),
    path("notices/rules/<str:rule>/", mail_views.of_rule, name="notices-of-rule"),
    path("notices/people/", mail_views.people, name="notices-people"),
    path("notices/people/<int:number>/", mail_views.of_person, name="notices-of-person"),
    path("notices/post/", mail_views.post, name="notices-post"),
    path("notices/post/letters.pdf", mail_views.post_pdf, name="notices-letters"),
    path("notices/post/sent/", mail_views.posted, name="notices-posted"),
    path("notices/digest/", mail_views.digest, name="notices-digest"),
    path("notices/<int:number>/", mail_views.one, name="notice"),
    path("notices/<int:number>/send-again/", mail_views.send_again, name="notice-send-again"),
    path("your-work/", views.work, name="work"),
    path("thread/<str:reference>/", views.thread, name="thread"),
    path("audit/", views.audit_trail, name="audit"),
]
