// Kotlin 1.3, which Debian has, calls it by its older name.
fun String.lowercase(): String = toLowerCase()
