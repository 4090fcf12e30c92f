using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html.Inlines;
using Markdig.Syntax;
using Microsoft.AspNetCore.Components;

namespace Trireme.Dashboard.Playground;

/// <summary>
/// Shows what a model answers as Markdown. A model writes what others put into its prompt, so nothing of it is trusted: HTML is shown as
/// text, links lead to web pages only, and pictures, whose loading would tell somebody, are not loaded.
/// </summary>
internal static class MarkdownText
{
    /// <summary>Longer texts are shown as they are.</summary>
    private const int LengthMax = 64 << 10;

    /// <summary>Headings of an answer stand below those of the page.</summary>
    private const int HeadingOffset = 2;

    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseEmphasisExtras().Build();

    public static MarkupString ToHtml(string text)
    {
        if (text.Length > LengthMax) return Plain(text);
        try
        {
            MarkdownDocument document = Markdown.Parse(text, Pipeline);
            foreach (HeadingBlock heading in document.Descendants<HeadingBlock>())
            {
                heading.Level = Math.Min(6, heading.Level + HeadingOffset);
            }

            foreach (Table table in document.Descendants<Table>())
            {
                // Alignment would be a style attribute, which the page's policy forbids.
                foreach (TableColumnDefinition column in table.ColumnDefinitions) column.Alignment = null;
            }

            using var writer = new StringWriter();
            var renderer = new HtmlRenderer(writer);
            Pipeline.Setup(renderer);
            renderer.ObjectRenderers.Replace<LinkInlineRenderer>(new WebLinkRenderer());
            renderer.ObjectRenderers.Replace<AutolinkInlineRenderer>(new WebAutolinkRenderer());
            renderer.Render(document);
            return new MarkupString(writer.ToString());
        }
        catch (ArgumentException)
        {
            // Nested deeper than the parser bears.
            return Plain(text);
        }
    }

    private static MarkupString Plain(string text) => new($"<p>{System.Net.WebUtility.HtmlEncode(text)}</p>");
}
