package android.net;
public abstract class Uri {
  public abstract String getScheme(); public abstract String getHost(); public abstract String getPath(); public abstract String getEncodedQuery();
  public static String decode(String s) { return s; }
  public static Uri parse(String s) { return null; }
}
