namespace Trireme.Hosting.Access;

/// <summary>
/// The cookie of a signed-in browser. Scripts cannot read it and other sites' pages cannot make the browser send it. Browsers keep cookies
/// by host and not by port, so its name has the port: platforms on one machine do not sign each other out.
/// </summary>
internal sealed class BrowserCookie(int port)
{
    public string Name { get; } = $"trireme-session-{port}";

    public string? Of(HttpRequest request) => request.Cookies[Name];

    public void Set(HttpContext context, string secret, TimeSpan lifetime) =>
        context.Response.Cookies.Append(Name, secret, Options(context, lifetime));

    public void Clear(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context, lifetime: null));

    private static CookieOptions Options(HttpContext context, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = "/",
        MaxAge = lifetime,
        IsEssential = true,
    };
}
