package android.content
open class Context
class Intent { fun putExtra(k: String, v: Boolean): Intent = this; fun getStringExtra(k: String): String? = null }
