package androidx.activity
abstract class OnBackPressedCallback(enabled: Boolean) { abstract fun handleOnBackPressed() }
class OnBackPressedDispatcher { fun addCallback(o: Any, c: OnBackPressedCallback) {} }
open class ComponentActivity : android.app.Activity() { val onBackPressedDispatcher = OnBackPressedDispatcher() }
