using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax.Inlines;

namespace Trireme.Dashboard.Playground;

/// <summary>Writes links to web pages as links and all others as their text; a picture is its description.</summary>
internal sealed class WebLinkRenderer : HtmlObjectRenderer<LinkInline>
{
    protected override void Write(HtmlRenderer renderer, LinkInline obj)
    {
        string? url = obj.IsImage ? null : obj.GetDynamicUrl?.Invoke() ?? obj.Url;
        bool isLink = Begin(renderer, url);
        if (obj.IsImage) renderer.Write("[picture: ");
        renderer.WriteChildren(obj);
        if (obj.IsImage) renderer.Write("]");
        if (isLink) renderer.Write("</a>");
    }

    /// <summary>Opens a link where the address is one of the web.</summary>
    internal static bool Begin(HtmlRenderer renderer, string? url)
    {
        bool isWeb = Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && (address.Scheme is "http" or "https");
        if (!isWeb) return false;
        renderer.Write("<a rel=\"noopener noreferrer nofollow\" target=\"_blank\" href=\"");
        renderer.WriteEscapeUrl(address!.AbsoluteUri).Write("\">");
        return true;
    }
}

/// <summary>The same for addresses that stand between angle brackets.</summary>
internal sealed class WebAutolinkRenderer : HtmlObjectRenderer<AutolinkInline>
{
    protected override void Write(HtmlRenderer renderer, AutolinkInline obj)
    {
        bool isLink = WebLinkRenderer.Begin(renderer, obj.Url);
        renderer.WriteEscape(obj.Url);
        if (isLink) renderer.Write("</a>");
    }
}
