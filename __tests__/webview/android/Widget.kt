package android.widget
class Button(c: android.content.Context) : android.view.View(c) { fun setText(id: Int) {} }
class LinearLayout(c: android.content.Context) : android.view.View(c) { var orientation = 0; fun addView(v: android.view.View, p: LayoutParams) {}
 companion object { const val VERTICAL = 1 }
 class LayoutParams(w: Int, h: Int, weight: Float = 0f) { var gravity = 0; companion object { const val WRAP_CONTENT = -2; const val MATCH_PARENT = -1 } } }
