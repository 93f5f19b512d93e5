package android.view
open class View(c: android.content.Context) { var fitsSystemWindows = false; fun setOnClickListener(f: (View) -> Unit) {} }
object Gravity { const val END = 1 }
