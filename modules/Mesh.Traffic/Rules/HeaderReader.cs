using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>Reads changes of headers and what requests are hashed by (Flow step 1).</summary>
internal static class HeaderReader
{
    public static HeadersSpec? Read(JsonFields? fields, Faults faults)
    {
        if (fields is null) return null;
        var headers = new HeadersSpec
        {
            Request = Changes(fields.Object("request"), faults),
            Response = Changes(fields.Object("response"), faults),
        };
        fields.End();
        return headers is { Request: null, Response: null } ? null : headers;
    }

    public static IReadOnlyList<HashSpec>? Hash(JsonFields route, Faults faults)
    {
        if (route.Objects("hash", TrafficLimits.Hashes) is not { Count: > 0 } parts) return null;
        var hash = new List<HashSpec>(parts.Count);
        foreach (var part in parts)
        {
            var header = part.Text("header") is { } name ? Checks.HeaderName(name, part.PathTo("header"), faults) : null;
            var cookie = part.Object("cookie") is { } fields ? Cookie(fields, faults) : null;
            var source = part.Flag("sourceIp") is true ? true : (bool?)null;
            part.End();
            var count = (header is null ? 0 : 1) + (cookie is null ? 0 : 1) + (source is null ? 0 : 1);
            if (count != 1 && !faults.HasUnder(part.Path))
                faults.Add(part.Path, count == 0 ? "missing" : "contradiction", "Set one of header, cookie and sourceIp.");
            hash.Add(new HashSpec { Header = header, Cookie = cookie, SourceIp = source });
        }

        return [.. hash.Distinct()];
    }

    private static HeaderChangesSpec? Changes(JsonFields? fields, Faults faults)
    {
        if (fields is null) return null;
        var removed = fields.TextList("remove", TrafficLimits.HeaderChanges) ?? [];
        var changes = new HeaderChangesSpec
        {
            Set = Values(fields, "set", faults),
            Add = Values(fields, "add", faults),
            Remove = removed.Count == 0
                ? null
                : [.. removed.Select(one => Checks.ChangedHeader(one.Text, one.Path, faults)).OfType<string>().Distinct()
                    .Order(StringComparer.Ordinal)],
        };
        fields.End();
        return changes is { Set: null, Add: null, Remove: null } ? null : changes;
    }

    private static SortedDictionary<string, string>? Values(JsonFields changes, string kind, Faults faults)
    {
        if (changes.Texts(kind) is not { Count: > 0 } texts) return null;
        if (texts.Count > TrafficLimits.HeaderChanges)
            faults.Add(changes.PathTo(kind), "too-many", $"There are {texts.Count}; at most {TrafficLimits.HeaderChanges} are allowed.");
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, text) in texts.Take(TrafficLimits.HeaderChanges))
        {
            var field = $"{changes.PathTo(kind)}.{Checks.Shortened(key)}";
            if (Checks.ChangedHeader(key, field, faults) is not { } name || Checks.HeaderValue(text, field, faults) is not { } value)
                continue;
            if (!values.TryAdd(name, value))
                faults.Add(field, "duplicate-field", $"Header '{name}' is there twice; names do not differ by case.");
        }

        return values;
    }

    private static CookieSpec? Cookie(JsonFields fields, Faults faults)
    {
        // A cookie's name is a token like a header's, only that its case counts.
        var text = fields.Text("name");
        var name = Checks.HeaderName(text, fields.PathTo("name"), faults) is null ? null : text;
        var ttl = fields.Text("ttl");
        var path = Checks.Path(fields.Text("path"), fields.PathTo("path"), faults);
        if (path?.Contains(';') == true) faults.Add(fields.PathTo("path"), "not-a-path", "A cookie's path must not have ';'.");
        var cookie = name is null ? null : new CookieSpec
        {
            Name = name,
            Ttl = Checks.Duration(ttl, fields.PathTo("ttl"), TimeSpan.Zero, TimeSpan.FromDays(400), faults),
            Path = path == "/" ? null : path,
        };
        fields.End();
        return cookie;
    }
}
