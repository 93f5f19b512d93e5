package androidx.browser.customtabs
class CustomTabsIntent { fun launchUrl(c: android.content.Context, u: android.net.Uri) {}
 class Builder { fun build() = CustomTabsIntent() } }
