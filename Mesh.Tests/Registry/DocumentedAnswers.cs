using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mesh.Tests.Registry;

/// <summary>The statuses that the OpenAPI document promises: whatever a test is answered has to be one of them.</summary>
internal sealed class DocumentedAnswers
{
    private readonly List<(string Method, Regex Path, HashSet<int> Statuses)> _operations;

    public DocumentedAnswers(JsonElement document) => _operations =
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           // Of two that match, the one with fewer placeholders is meant.
           orderby path.Name.Count(character => character == '{')
           from method in path.Value.EnumerateObject()
           select (method.Name.ToUpperInvariant(), new Regex("^" + Regex.Replace(path.Name, @"\{\w+\}", "[^/]+") + "$"),
               method.Value.GetProperty("responses").EnumerateObject().Select(response => int.Parse(response.Name)).ToHashSet()),
    ];

    public void Check(HttpMethod method, string path, int status)
    {
        var plain = path.Split('?')[0];
        foreach (var operation in _operations)
        {
            if (operation.Method != method.Method || !operation.Path.IsMatch(plain)) continue;
            Assert.True(operation.Statuses.Contains(status), $"{method} {plain} answered {status}, which the document does not say.");
            return;
        }
    }
}
