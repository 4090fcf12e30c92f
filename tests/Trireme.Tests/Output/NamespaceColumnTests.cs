using System.Text.Json.Nodes;
using Trireme.Output;

namespace Trireme.Tests.Output;

public sealed class NamespaceColumnTests
{
    [Fact]
    public void Rows_of_one_name_say_which_namespace_is_theirs()
    {
        JsonObject table = JsonNode.Parse(
            """
            {
              "columnDefinitions": [{"name": "Name", "type": "string", "priority": 0}],
              "rows": [
                {"cells": ["tiny"], "object": {"metadata": {"namespace": "default"}}},
                {"cells": ["tiny"], "object": {"metadata": {"namespace": "team"}}}
              ]
            }
            """)!.AsObject();
        NamespaceColumn.AddTo(table);
        using var output = new StringWriter();
        TablePrinter.Print(table, wide: false, output, width: null);
        Assert.Equal("NAMESPACE   NAME\ndefault     tiny\nteam        tiny\n", output.ToString());
    }
}
