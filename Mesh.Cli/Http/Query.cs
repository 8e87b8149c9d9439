using System.Text;

namespace Mesh.Cli.Http;

/// <summary>Builds a URL from a base address, a path and the parts of a query that are there.</summary>
internal static class Query
{
    public static Uri At(Uri origin, string path, params IEnumerable<(string Name, string? Value)> query)
    {
        var text = new StringBuilder(origin.AbsoluteUri.TrimEnd('/')).Append(path);
        var separator = '?';
        foreach (var (name, value) in query)
        {
            if (value is null)
                continue;
            text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return new Uri(text.ToString());
    }
}
