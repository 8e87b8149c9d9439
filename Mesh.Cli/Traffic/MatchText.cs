using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary>
/// A match as it is written on a command line, parts divided by blanks: <c>/cart</c> or <c>path=/cart</c> (a prefix), <c>exact=/cart</c>,
/// <c>template=/carts/{id}</c>, <c>regex=…</c>, <c>method=GET,PUT</c>, <c>header:x-user=beta</c>, <c>header:x-debug</c>, <c>query:v=2</c>,
/// <c>grpc=pkg.Cart/Get</c>, <c>source=web</c>.
/// </summary>
internal static class MatchText
{
    public const string Help =
        "Which requests: /prefix, exact=/path, template=/a/{x}, regex=…, method=GET,PUT, header:name=value, query:name=value, "
            + "grpc=pkg.Service/Method, source=service; parts separated by blanks must all match, several --match are alternatives";

    /// <exception cref="CliFailure">It is not a valid match.</exception>
    public static RouteMatchSpec Read(string text)
    {
        var match = new RouteMatchSpec();
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            match = Add(match, part);
        return match == new RouteMatchSpec() ? throw Wrong("it is empty") : match;
    }

    /// <summary>A match as people read it in a table.</summary>
    public static string Write(RouteMatchSpec match)
    {
        var parts = new List<string>();
        if (match.Path is { } path)
            parts.Add(path.Prefix
                ?? (path.Exact is not null
                    ? $"exact={path.Exact}"
                    : path.Template is not null ? $"template={path.Template}" : $"regex={path.Regex}"));
        if (match.Grpc is { } grpc)
            parts.Add($"grpc={grpc.Service ?? "*"}/{grpc.Method ?? "*"}");
        if (match.Methods is { } methods)
            parts.Add($"method={string.Join(',', methods)}");
        parts.AddRange((match.Headers ?? []).Select(header => $"header:{Value(header)}"));
        parts.AddRange((match.Query ?? []).Select(parameter => $"query:{Value(parameter)}"));
        if (match.Source is { } source)
            parts.Add($"source={TrafficOptions.NameOf(source.Namespace, source.Service)}");
        return string.Join(' ', parts);
    }

    private static RouteMatchSpec Add(RouteMatchSpec match, string part)
    {
        if (part[0] == '/')
            return match with { Path = new PathMatchSpec { Prefix = part } };
        var colon = part.IndexOf(':');
        var equals = part.IndexOf('=');
        var key = colon >= 0 && (equals < 0 || colon < equals) ? part[..colon] : equals < 0 ? part : part[..equals];
        var value = key.Length < part.Length ? part[(key.Length + 1)..] : "";
        return (key, value.Length > 0) switch
        {
            ("path" or "prefix", true) => match with { Path = new PathMatchSpec { Prefix = value } },
            ("exact", true) => match with { Path = new PathMatchSpec { Exact = value } },
            ("template", true) => match with { Path = new PathMatchSpec { Template = value } },
            ("regex", true) => match with { Path = new PathMatchSpec { Regex = value } },
            ("method", true) => match with { Methods = value.Split(',') },
            ("header", true) => match with { Headers = [.. match.Headers ?? [], Named(value)] },
            ("query", true) => match with { Query = [.. match.Query ?? [], Named(value)] },
            ("grpc", true) => match with { Grpc = Grpc(value) },
            ("source", true) => match with { Source = Source(value) },
            _ => throw Wrong(
                $"'{part}' is not part of a match. A part is /prefix, exact=, template=, regex=, method=, header:name=, query:name=, "
                    + "grpc= or source="),
        };
    }

    private static CliFailure Wrong(string fault) => new(ExitCode.WrongUsage, $"--match: {fault}");

    private static ValueMatchSpec Named(string text)
    {
        var equals = text.IndexOf('=');
        return equals < 0
            ? new ValueMatchSpec { Name = text, Present = true }
            : new ValueMatchSpec { Name = text[..equals], Exact = text[(equals + 1)..] };
    }

    private static GrpcMatchSpec Grpc(string text)
    {
        var parts = text.Split('/', 2);
        return new GrpcMatchSpec { Service = Any(parts[0]), Method = parts.Length > 1 ? Any(parts[1]) : null };
    }

    private static SourceMatchSpec Source(string text)
    {
        var dot = text.IndexOf('.');
        return dot < 0
            ? new SourceMatchSpec { Service = text }
            : new SourceMatchSpec { Service = text[..dot], Namespace = text[(dot + 1)..] };
    }

    private static string? Any(string text) => text is "" or "*" ? null : text;

    private static string Value(ValueMatchSpec value)
    {
        var test = value.Exact is not null
            ? $"={value.Exact}"
            : value.Prefix is not null
                ? $"={value.Prefix}…"
                : value.Suffix is not null ? $"=…{value.Suffix}" : value.Regex is not null ? $"~{value.Regex}" : "";
        return $"{(value.Invert is true ? "!" : "")}{value.Name}{test}";
    }
}
