using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Mesh.Api.Rest;
using Mesh.Security.Operations;

namespace Mesh.Security.Rpc;

/// <summary>Answers of REST as messages, by protobuf's own mapping.</summary>
internal static class SecurityMessages
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    /// <summary>The answer as a message.</summary>
    /// <exception cref="Grpc.Core.RpcException">It is a refusal.</exception>
    public static async Task<TMessage> ToMessage<TMessage, TAnswer>(this Task<Answered<TAnswer>> operation, JsonTypeInfo<TAnswer> type)
        where TMessage : IMessage<TMessage>, new()
        where TAnswer : class
    {
        var (value, refusal) = await operation.ConfigureAwait(false);
        return refusal is null
            ? Parser.Parse<TMessage>(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(value!, type)))
            : throw refusal.ToRpcException();
    }
}
