package android.webkit
class WebSettings { var javaScriptEnabled = false; var domStorageEnabled = false; var allowFileAccess = true; fun setSupportMultipleWindows(b: Boolean) {} }
interface WebResourceRequest { val url: android.net.Uri }
open class WebViewClient { open fun shouldOverrideUrlLoading(view: WebView, request: WebResourceRequest): Boolean = false }
class WebView(c: android.content.Context) : android.view.View(c) { val settings = WebSettings(); var webViewClient = WebViewClient(); fun loadUrl(u: String) {}; fun destroy() {} }
