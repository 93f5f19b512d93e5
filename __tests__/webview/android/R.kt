package android
object R { object string { const val cancel = 1 } }
