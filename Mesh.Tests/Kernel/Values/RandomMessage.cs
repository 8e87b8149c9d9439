using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace Mesh.Tests.Kernel.Values;

/// <summary>Messages with fields drawn at random, of values that mean something somewhere.</summary>
internal static class RandomMessage
{
    private static readonly string[] Texts =
        ["", "shop", "v1", "2s", "250ms", "/cart", "GET", "5xx", "Bad_Name", "shop@v2", "UNAVAILABLE", "ring_hash", "http", "127.0.0.1",
            "é\u2028"];

    private static readonly int[] Numbers = [0, 1, -1, 20, 50, 100, 302, 1_000_000, int.MaxValue, int.MinValue];

    private static readonly double[] Decimals = [0, 0.5, 10, 100, -3, 1e300, double.NaN, double.PositiveInfinity];

    private static readonly double[] Finite = [.. Decimals.Where(double.IsFinite)];

    /// <summary>Sets some fields.</summary>
    /// <param name="message">An empty message.</param>
    /// <param name="random">Draws them.</param>
    /// <param name="all">All fields.</param>
    /// <param name="finite">Only numbers that JSON has.</param>
    /// <param name="depth">How deep it is in another one.</param>
    public static void Fill(IMessage message, Random random, bool all = false, bool finite = false, int depth = 0)
    {
        // Mostly few fields, so that some messages are valid.
        var share = all ? 1 : random.NextDouble();
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(_ => random.NextDouble() < share))
        {
            if (field.IsMap)
            {
                var map = (MapField<string, string>)field.Accessor.GetValue(message);
                for (var i = random.Next(3); i > 0; i--) map[Pick(Texts, random)] = Pick(Texts, random);
            }
            else if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                for (var i = random.Next(3); i > 0; i--) list.Add(ValueOf(field, random, all, finite, depth));
            }
            else
            {
                field.Accessor.SetValue(message, ValueOf(field, random, all, finite, depth));
            }
        }
    }

    private static object ValueOf(FieldDescriptor field, Random random, bool all, bool finite, int depth)
    {
        switch (field.FieldType)
        {
            case FieldType.String when field.Name is "since" or "time": return "2026-01-01T10:05:02.5+00:00";
            case FieldType.String: return field.Name is "service" or "canary" or "name" ? Pick(Texts[1..3], random) : Pick(Texts, random);
            case FieldType.Int32: return Pick(Numbers, random);
            case FieldType.Int64: return (long)Pick(Numbers, random);
            case FieldType.Bool: return random.Next(2) == 0;
            case FieldType.Double: return Pick(finite ? Finite : Decimals, random);
            case FieldType.Message:
                var nested = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                if (depth < 4) Fill(nested, random, all, finite, depth + 1);
                return nested;
            default: throw new NotSupportedException($"{field.FullName} is of a type that this test does not make.");
        }
    }

    private static T Pick<T>(T[] from, Random random) => from[random.Next(from.Length)];
}
