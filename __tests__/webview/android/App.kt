package android.app
open class Activity : android.content.Context() { companion object { const val RESULT_OK = -1 }
 open fun onCreate(b: android.os.Bundle?) {}
 open fun onDestroy() {}
 fun setContentView(v: android.view.View) {}
 fun setResult(code: Int, data: android.content.Intent) {}
 fun finish() {}
 val intent: android.content.Intent get() = error("compiled, never run") }
